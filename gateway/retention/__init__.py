"""What is removed by itself when its time has come."""
