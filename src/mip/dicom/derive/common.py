"""What every derived object says: whose it is, where it comes from, and what made it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from ...contracts import is_valid_uid
from ...errors import MalformedDicomError
from ..elements import Elements
from ..uids import derivation_seed, hashed_uid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..provenance import Provenance
    from ..source import Source, SourceInstance

MAX_TEXT = 1024  # ST, PS3.5 section 6.2
MAX_LONG_STRING = 64  # LO
SOURCE_IMAGE = ("121322", "DCM", "Source image for image processing operation")
MODIFYING_EQUIPMENT = ("109103", "DCM", "Modifying Equipment")
SEGMENTATION = ("113076", "DCM", "Segmentation")
MANUFACTURER = "mip"

_LOSSY_METHODS = {
    "1.2.840.10008.1.2.4.50": "ISO_10918_1",
    "1.2.840.10008.1.2.4.51": "ISO_10918_1",
    "1.2.840.10008.1.2.4.81": "ISO_14495_1",
}

# Whose image it is and which study it belongs to (PS3.3 C.7.1 and C.7.2), and what of the series
# and image holds for any object made of it.
_CARRIED = (
    "SpecificCharacterSet", "TimezoneOffsetFromUTC",
    "PatientName", "PatientID", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence",
    "OtherPatientIDsSequence", "PatientBirthDate", "PatientBirthTime", "PatientSex",
    "QualityControlSubject", "ReferencedPatientSequence", "OtherPatientNames", "EthnicGroup",
    "PatientSpeciesDescription", "PatientSpeciesCodeSequence", "PatientBreedDescription",
    "PatientBreedCodeSequence", "BreedRegistrationSequence", "ResponsiblePerson",
    "ResponsiblePersonRole", "ResponsibleOrganization", "PatientIdentityRemoved",
    "DeidentificationMethod", "DeidentificationMethodCodeSequence", "PatientComments",
    "ClinicalTrialSponsorName", "ClinicalTrialProtocolID", "ClinicalTrialProtocolName",
    "ClinicalTrialSiteID", "ClinicalTrialSiteName", "ClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID", "ClinicalTrialTimePointID",
    "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription",
    "AccessionNumber", "IssuerOfAccessionNumberSequence", "ReferringPhysicianName",
    "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "ReferencedStudySequence",
    "ProcedureCodeSequence", "AdmittingDiagnosesDescription", "AdmittingDiagnosesCodeSequence",
    "PatientAge", "PatientSize", "PatientWeight", "Occupation", "AdditionalPatientHistory",
    "AdmissionID", "SmokingStatus", "PregnancyStatus",
    "Modality", "SeriesDate", "SeriesTime", "BodyPartExamined", "Laterality", "ImageLaterality",
    "PatientPosition", "PatientOrientation", "ContentDate", "ContentTime", "AcquisitionDate",
    "AcquisitionTime", "AcquisitionNumber", "InstanceNumber", "BurnedInAnnotation",
    "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
)  # fmt: skip

_WITH_LATERALITY = ("BodyPartExamined", "ImageLaterality", "SharedFunctionalGroupsSequence")
_REQUIRED = (  # type 2 of PS3.3 C.7.1.1 and C.7.2.1
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
    "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip

# Attributes of the source that would be wrong, or another's, in an object made of it.
_DROPPED_TAGS = frozenset(
    {
        0x00080015,  # InstanceCoercionDateTime
        0x00080014,  # InstanceCreatorUID
        0x00082112,  # SourceImageSequence
        0x00082111,  # DerivationDescription
        0x00089215,  # DerivationCodeSequence
        0x00880200,  # IconImageSequence
        0x04000500,  # EncryptedAttributesSequence
        0x04000561,  # OriginalAttributesSequence
        0x4FFE0001,  # MACParametersSequence
        0xFFFAFFFA,  # DigitalSignaturesSequence
    }
)
_DROPPED_KEYWORDS = (
    "SmallestImagePixelValue", "LargestImagePixelValue", "SmallestPixelValueInSeries",
    "LargestPixelValueInSeries", "SmallestImagePixelValueInPlane", "LargestImagePixelValueInPlane",
    "ConcatenationUID", "InConcatenationNumber", "InConcatenationTotalNumber",
    "ConcatenationFrameOffsetNumber", "SOPInstanceUIDOfConcatenationSource",
    "PixelDataProviderURL", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
)  # fmt: skip
_MAX_SERIES_NUMBER = 10**9  # an integer string has 31 bits
_SERIES_STEP = 1000  # outputs of one job stand apart from the series of the study
_CURVES, _OVERLAYS = 0x5000, 0x6000
_REPEATING = 0xFF00  # 50xx and 60xx are repeating groups
_PIXEL_GROUP = 0x7FE0


@dataclass(frozen=True, kw_only=True, eq=False)
class Derivation:
    """One job's derivation: its source, its provenance, and the UIDs that follow from both."""

    source: Source
    provenance: Provenance

    @cached_property
    def _instance_seed(self) -> str:
        return derivation_seed([item.sha256 for item in self.source.instances], self.provenance)

    @cached_property
    def _series_seed(self) -> str:
        """Identify the source's series: objects made image by image then share one, too."""
        elements = self.source.instances[0].elements
        uids = [elements.text("StudyInstanceUID"), elements.text("SeriesInstanceUID")]
        if not all(map(is_valid_uid, uids)):
            return self._instance_seed
        return derivation_seed(uids, self.provenance)

    def uid(self, kind: str, role: str, index: int = 0) -> str:
        """Make the UID of a part of this derivation."""
        return hashed_uid(self._instance_seed, kind, role, index)

    def series_uid(self, role: str, sop_class_uid: str) -> str:
        """Make the UID of the series that outputs of this role and class are in."""
        return hashed_uid(self._series_seed, "series", role, sop_class_uid)

    @cached_property
    def description(self) -> str:
        """Say in words what was done."""
        provenance = self.provenance
        parameters = msgspec.json.encode(dict(provenance.parameters), order="sorted").decode()
        return f"{provenance.algorithm_id} {provenance.version} {parameters}"[:MAX_TEXT]


def without_private(elements: Elements) -> Elements:
    """Copy what may be carried over: no private elements, signatures, icons, overlays or pixels."""
    kept = Elements()
    for tag, element in elements.items():
        group = tag >> 16
        if group & 1 or tag in _DROPPED_TAGS or group >= _PIXEL_GROUP:
            continue
        if group & _REPEATING in (_CURVES, _OVERLAYS):
            continue
        if isinstance(element.value, tuple):
            items = tuple(without_private(item) for item in element.value)
            kept[tag] = element._replace(value=items)
        else:
            kept[tag] = element
    kept.drop(*_DROPPED_KEYWORDS)
    return kept


def carried(elements: Elements) -> Elements:
    """Copy patient, study and what of the series holds for an object of any class."""
    kept = Elements()
    for keyword in _CARRIED:
        kept.copy_from(elements, keyword)
    return without_private(kept)


def put_identity(
    elements: Elements,
    derivation: Derivation,
    *,
    role: str,
    number: int,
    sop_class_uid: str,
    index: int,
) -> str:
    """Set what makes the object one of its own: UIDs, series, number; return its UID.

    Parameters
    ----------
    number : int
        Which output of the job this is, from 0.
    index : int
        Which object of the output, from 0.
    """
    uid = derivation.uid("instance", role, index)
    elements.put("SOPClassUID", sop_class_uid)
    elements.put("SOPInstanceUID", uid)
    if not elements.has("StudyInstanceUID"):
        elements.put("StudyInstanceUID", derivation.uid("study", ""))
    elements.put("SeriesInstanceUID", derivation.series_uid(role, sop_class_uid))
    first = derivation.source.instances[0].elements
    series_number = _whole(first, "SeriesNumber") % _MAX_SERIES_NUMBER
    elements.put("SeriesNumber", series_number + _SERIES_STEP * (number + 1))
    name = f"{derivation.provenance.algorithm_id} {role}"
    elements.put("SeriesDescription", plain(name))
    if not _whole(elements, "InstanceNumber"):
        elements.put("InstanceNumber", index + 1)
    put_required(elements)
    if not any(map(elements.has, _WITH_LATERALITY)):
        elements.put_absent("Laterality")  # unknown, where the body part may be one of a pair
    return uid


def put_required(elements: Elements) -> None:
    """Make sure that what every object must say of patient and study is there, if only empty."""
    for keyword in _REQUIRED:
        elements.put_absent(keyword)


def put_provenance(elements: Elements, derivation: Derivation, sources: Iterable[Elements]) -> None:
    """Set derivation, sources, equipment and lossy flags.

    Parameters
    ----------
    sources : iterable of Elements
        One :func:`source_reference` per source.
    """
    elements.put("DerivationDescription", derivation.description)
    references = tuple(sources)
    if references:
        elements.put_items("SourceImageSequence", *references)
    equipment = elements.sequence("ContributingEquipmentSequence")
    elements.put_items("ContributingEquipmentSequence", *equipment, _equipment(derivation))
    put_lossy(elements, derivation.source.instances)


def put_lossy(elements: Elements, sources: Iterable[SourceInstance]) -> None:
    """Keep a lossy past, and tell of one that only the transfer syntax shows (C.7.6.1.1.5)."""
    for source in sources:
        method = _LOSSY_METHODS.get(source.transfer_syntax_uid)
        is_lossy = source.elements.text("LossyImageCompression") == "01"
        if is_lossy or method:
            elements.put("LossyImageCompression", "01")
        if method and not elements.has("LossyImageCompressionMethod"):
            elements.put("LossyImageCompressionMethod", method)


def source_reference(source: SourceInstance, *frames: int, is_aligned: bool) -> Elements | None:
    """Refer to a source image, or to frames of it counted from 1; None when it has no UID."""
    sop_class = source.elements.uid("SOPClassUID")
    instance = source.elements.uid("SOPInstanceUID")
    if sop_class is None or instance is None:
        return None
    item = Elements()
    item.put("ReferencedSOPClassUID", sop_class)
    item.put("ReferencedSOPInstanceUID", instance)
    if frames:
        item.put("ReferencedFrameNumber", *frames)
    item.put_items("PurposeOfReferenceCodeSequence", code(*SOURCE_IMAGE))
    if is_aligned:
        item.put("SpatialLocationsPreserved", "YES")
    return item


def code(value: str, scheme: str, meaning: str) -> Elements:
    """Make an item of a code sequence (PS3.3 section 8)."""
    item = Elements()
    item.put("CodeValue", value)
    item.put("CodingSchemeDesignator", scheme)
    item.put("CodeMeaning", meaning)
    return item


def _equipment(derivation: Derivation) -> Elements:
    provenance = derivation.provenance
    item = Elements()
    item.put("Manufacturer", MANUFACTURER)
    item.put("ManufacturerModelName", plain(provenance.algorithm_id))
    versions = [plain(provenance.version)]
    if provenance.digest:
        versions.append(provenance.digest[:MAX_LONG_STRING])
    item.put("SoftwareVersions", *versions)
    item.put("ContributionDescription", derivation.description)
    item.put_items("PurposeOfReferenceCodeSequence", code(*MODIFYING_EQUIPMENT))
    return item


def plain(text: str) -> str:
    """Make text a Long String that any character set holds: ASCII, 64 characters, one value."""
    return text.encode("ascii", "replace").decode().replace("\\", "/")[:MAX_LONG_STRING]


def _whole(elements: Elements, keyword: str) -> int:
    try:
        return elements.integer(keyword) or 0
    except MalformedDicomError:
        return 0
