function start(user) {
  user.token = Math.random().toString(36).slice(2);
}
