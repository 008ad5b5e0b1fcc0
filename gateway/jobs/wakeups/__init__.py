"""How processes tell each other that something happened. Only a hint: the job table is the truth, and is polled too."""
