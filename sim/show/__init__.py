"""What people see: charts, in Chinese or English. Only this room loads matplotlib, and ``import sim`` does not load it."""
