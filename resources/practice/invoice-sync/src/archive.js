"use strict";

const { PutObjectCommand, S3Client } = require("@aws-sdk/client-s3");

async function upload({ region, bucket }, invoice) {
  const client = new S3Client({ region });
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `invoices/${invoice.number}.json`,
      Body: JSON.stringify(invoice),
      ServerSideEncryption: "aws:kms",
    }),
  );
}

module.exports = { upload };
