const { app } = require("electron");
app.setLoginItemSettings({ openAtLogin: true });
