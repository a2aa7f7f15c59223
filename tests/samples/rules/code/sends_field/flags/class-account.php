<?php
class Account {
	public function sign_in() {
		return wp_remote_post( 'https://accounts.example/v1', array( 'body' => array( 'p' => $_POST['account_password'] ) ) );
	}
}
