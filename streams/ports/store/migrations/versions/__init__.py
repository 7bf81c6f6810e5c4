"""The migrations, one file each, never changed after a release."""
