"""What is known of backup jobs, schedules, points and builds."""
