"""Asked afterwards: has help arrived, and how is it months later."""
