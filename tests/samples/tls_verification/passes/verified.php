<?php
$c = curl_init('https://api.example/');
curl_setopt($c, CURLOPT_SSL_VERIFYPEER, true);
curl_setopt($c, CURLOPT_CAINFO, __DIR__ . '/ca.pem');
