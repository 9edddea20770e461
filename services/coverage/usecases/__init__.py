"""One async function per verb."""
