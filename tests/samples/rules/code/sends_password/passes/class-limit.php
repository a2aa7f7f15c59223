<?php
class Limit {
	public function boot() {
		add_filter( 'authenticate', array( $this, 'check' ), 30, 3 );
	}

	public function check( $user, $name, $pass ) {
		if ( $this->is_blocked( $_SERVER['REMOTE_ADDR'] ) || empty( $_POST['pwd'] ) ) {
			return new WP_Error( 'blocked', 'Too many attempts.' );
		}
		return $user;
	}

	public function ask( $address ) {
		return wp_remote_get( 'https://lists.example/v1/' . urlencode( $address ) );
	}
}
