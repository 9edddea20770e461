"""What the service can do, one async function per verb."""
