"""The register of adoptions: who uses which practice, and what they have to hear."""
