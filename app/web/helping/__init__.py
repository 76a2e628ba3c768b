"""The provider's pages, signed in or by a safe link."""
