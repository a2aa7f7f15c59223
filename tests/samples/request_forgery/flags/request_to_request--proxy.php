<?php
$c = curl_init($_GET['url']);
curl_exec($c);
