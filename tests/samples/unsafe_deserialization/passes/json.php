<?php
$session = json_decode($_COOKIE['session'], true);
