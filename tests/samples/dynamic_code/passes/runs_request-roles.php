<?php
switch ( $action ) {
	case 'promote':
		$role = $_REQUEST['new_role'];
		foreach ( $_REQUEST['users'] as $user_id ) {
			$user = get_userdata( (int) $user_id );
			$user->set_role( $role );
		}
		break;
	case 'add':
		$user = $_POST['user'];
		add_user( $user['name'] );
}
