"""How cost grows with what is asked for, beside what theory expects."""
