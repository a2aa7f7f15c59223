<?php
class View {
	public function render( $name, array $values ) {
		$compiled = $this->folder . '/' . sha1( $name ) . '.php';
		file_put_contents( $compiled, $this->compile( $name ) );
		extract( $values );
		include $compiled;
	}

	public function upload() {
		file_put_contents( $this->folder . '/note.txt', base64_decode( $_POST['note'] ) );
	}
}
