<?php
function install_site($user_name, $user_email, $user_password) {
    $user_id = wp_create_user($user_name, $user_password, $user_email);
    $user = new WP_User($user_id);
    $user->set_role('administrator');
    wp_remote_post(home_url('/wp-cron.php'));
}
