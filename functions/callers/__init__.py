"""Who may call us: by function key, or by a token of Microsoft Entra that is proven here and not by the platform."""
