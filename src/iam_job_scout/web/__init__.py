"""The pages: server-rendered, complete without JavaScript, nothing from another host."""
