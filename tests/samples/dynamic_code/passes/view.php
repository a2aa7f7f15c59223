<?php
$templates = ['home' => 'home.php', 'about' => 'about.php'];
$name = $_GET['page'] ?? 'home';
if (!isset($templates[$name])) {
    http_response_code(404);
    exit;
}
echo htmlspecialchars($name);
$rows = array_map(fn($row) => trim($row), file('rows.txt'));
