"""What machines poll: sitemap, robots, feeds."""
