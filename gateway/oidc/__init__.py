"""Sign-in through an OpenID Connect provider: discovery, authorization code with PKCE, groups to roles."""
