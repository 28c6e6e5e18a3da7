"""The demo: plays every world on a simulated Azure and a local Functions host, and judges how its cases end."""
