"""What chats say to us, and what they are answered."""
