"""Public conformance suites, scripted faults, a fake clock and synthetic DICOM."""
