"""DICOM: bounded reading, decoding, geometry and derived objects."""
