"""Program spaces: one `.lark` file each, read both as syntax and as what may be searched."""
