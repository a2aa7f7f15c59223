<?php
class Cache {
	public function warm() {
		$rules = json_decode( get_option( 'cache_rules' ), true );
		return assert( is_array( $rules ) ) ? $rules : array();
	}
}
