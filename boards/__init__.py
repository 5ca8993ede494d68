"""Board tops and the host side that talks to them (see the changelog for what exists)."""
