<?php
function add_member(string $name, string $mail): int {
    return wp_insert_user(['user_login' => $name, 'user_email' => $mail, 'role' => 'subscriber']);
}
