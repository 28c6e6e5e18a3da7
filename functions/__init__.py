"""The doors: triggers translate and hand over; no decision about a backup is made here."""
