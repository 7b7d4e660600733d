"""Cases by subject; each function with @case becomes one."""
