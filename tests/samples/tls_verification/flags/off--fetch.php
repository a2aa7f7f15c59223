<?php
$c = curl_init('https://api.example/');
curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false);
