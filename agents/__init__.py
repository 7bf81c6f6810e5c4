"""The rules, one per file, pure; the packs hold the official numbers."""
