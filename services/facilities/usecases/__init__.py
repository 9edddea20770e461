"""One async function per verb, by aggregate."""
