<?php
$find = $pdo->prepare('SELECT name FROM users WHERE id = ?');
$find->execute([$_GET['id']]);
$page = intval($_GET['page']);
move_uploaded_file($_FILES['a']['tmp_name'], 'avatars/' . md5($_FILES['a']['name']) . '.png');
