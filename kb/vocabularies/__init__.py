"""Controlled terms and the bilingual thesaurus."""
