"""What happened: the audit trail and the outbox, written as one."""
