"""Azure Resource Manager through the genuine SDKs; typed facts out, one error tree."""
