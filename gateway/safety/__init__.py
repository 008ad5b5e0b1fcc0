"""What may be asked for and shown: rules about prompts, a network that looks at pictures, and a policy per role."""
