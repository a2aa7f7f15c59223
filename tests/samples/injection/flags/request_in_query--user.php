<?php
$id = $_GET['id'];
$rows = $pdo->query("SELECT name FROM users WHERE id = $id");
