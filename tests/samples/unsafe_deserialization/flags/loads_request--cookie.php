<?php
$session = unserialize($_COOKIE['session']);
