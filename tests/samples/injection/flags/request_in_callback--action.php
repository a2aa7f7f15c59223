<?php
$action = 'do_' . $_GET['action'];
call_user_func($action, 1);
