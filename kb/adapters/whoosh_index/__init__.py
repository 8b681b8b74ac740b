"""The search engine: Whoosh behind the SearchIndex port."""
